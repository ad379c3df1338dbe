CREATE TABLE `accounts` (
	`sid` text PRIMARY KEY NOT NULL,
	`friendly_name` text NOT NULL,
	`status` text NOT NULL,
	`owner_account_sid` text NOT NULL,
	`auth_token` text,
	`secondary_auth_token` text,
	`secondary_created_at` integer,
	`tokens_updated_at` integer NOT NULL,
	`log_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `add_on_versions` (
	`sid` text PRIMARY KEY NOT NULL,
	`add_on_sid` text NOT NULL,
	`number` integer NOT NULL,
	`status` text NOT NULL,
	`definition` text NOT NULL,
	`reject_reason` text,
	`sunset_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `add_on_versions_by_number` ON `add_on_versions` (`add_on_sid`,`number`);--> statement-breakpoint
CREATE TABLE `add_ons` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`unique_name` text NOT NULL,
	`type` text NOT NULL,
	`credentials` text NOT NULL,
	`active_version_sid` text,
	`fee_percent` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `add_ons_by_unique_name` ON `add_ons` (`unique_name`);--> statement-breakpoint
CREATE INDEX `add_ons_by_account` ON `add_ons` (`account_sid`,`created_at`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`friendly_name` text NOT NULL,
	`secret_sha256` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `api_keys_by_account` ON `api_keys` (`account_sid`,`created_at`);--> statement-breakpoint
CREATE TABLE `desk_checkpoints` (
	`desk` text NOT NULL,
	`seq` integer NOT NULL,
	`from_seq` integer NOT NULL,
	`events` integer NOT NULL,
	`charged_micros` integer NOT NULL,
	`granted_micros` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`desk`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `installed_add_ons` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`install_sid` text NOT NULL,
	`add_on_sid` text NOT NULL,
	`version_sid` text NOT NULL,
	`unique_name` text NOT NULL,
	`configuration` text NOT NULL,
	`extensions` text NOT NULL,
	`daily_cap_micros` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `installed_add_ons_by_unique_name` ON `installed_add_ons` (`account_sid`,`unique_name`);--> statement-breakpoint
CREATE INDEX `installed_add_ons_by_account` ON `installed_add_ons` (`account_sid`,`created_at`);--> statement-breakpoint
CREATE INDEX `installed_add_ons_by_version` ON `installed_add_ons` (`version_sid`);--> statement-breakpoint
CREATE TABLE `installs` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`add_on_sid` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `installs_by_account_and_add_on` ON `installs` (`account_sid`,`add_on_sid`);--> statement-breakpoint
CREATE TABLE `invocations` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`publisher_sid` text,
	`add_on_sid` text,
	`version_sid` text,
	`configuration_sid` text,
	`integration_point` text NOT NULL,
	`status` text NOT NULL,
	`code` integer,
	`price_micros` integer NOT NULL,
	`started_at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`desk_seq` integer NOT NULL,
	`details` text
);
--> statement-breakpoint
CREATE INDEX `invocations_by_account` ON `invocations` (`account_sid`,`started_at`);--> statement-breakpoint
CREATE INDEX `invocations_by_publisher` ON `invocations` (`publisher_sid`,`started_at`) WHERE publisher_sid IS NOT NULL;--> statement-breakpoint
CREATE TABLE `ledger_entries` (
	`transaction_id` text NOT NULL,
	`ledger_account` text NOT NULL,
	`amount_micros` integer NOT NULL,
	`kind` text NOT NULL,
	`cause` text NOT NULL,
	`version_sid` text,
	`quantity` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`transaction_id`, `ledger_account`)
);
--> statement-breakpoint
CREATE INDEX `ledger_entries_by_account` ON `ledger_entries` (`ledger_account`,`created_at`);--> statement-breakpoint
CREATE TABLE `listings` (
	`add_on_sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`module_info` text,
	`description` text,
	`documentation` text,
	`policies` text,
	`support` text,
	`configuration` text,
	`pricing` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
