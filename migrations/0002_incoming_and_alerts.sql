CREATE TABLE `alert_notices` (
	`account_sid` text NOT NULL,
	`error_code` integer NOT NULL,
	`log_level` text NOT NULL,
	`due_at` integer,
	`due_count` integer NOT NULL,
	`alert_sid` text NOT NULL,
	`tried_at` integer NOT NULL,
	PRIMARY KEY(`account_sid`, `error_code`, `log_level`)
);
--> statement-breakpoint
CREATE INDEX `alert_notices_by_turn` ON `alert_notices` (`tried_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `alert_notices_by_age` ON `alert_notices` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `alerts` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`error_code` integer NOT NULL,
	`log_level` text NOT NULL,
	`alert_text` text NOT NULL,
	`request_method` text,
	`request_url` text,
	`resource_sid` text,
	`service_sid` text,
	`generated_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `alerts_by_account_and_level` ON `alerts` (`account_sid`,`log_level`,`created_at`);--> statement-breakpoint
CREATE TABLE `assigned_add_ons` (
	`phone_number_sid` text NOT NULL,
	`installed_add_on_sid` text NOT NULL,
	`account_sid` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`phone_number_sid`, `installed_add_on_sid`)
);
--> statement-breakpoint
CREATE INDEX `assigned_add_ons_by_installed_add_on` ON `assigned_add_ons` (`installed_add_on_sid`);--> statement-breakpoint
CREATE INDEX `assigned_add_ons_by_account` ON `assigned_add_ons` (`account_sid`);--> statement-breakpoint
CREATE TABLE `phone_numbers` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`phone_number` text NOT NULL,
	`friendly_name` text NOT NULL,
	`is_verified` integer NOT NULL,
	`sms_url` text,
	`sms_method` text DEFAULT 'POST' NOT NULL,
	`sms_fallback_url` text,
	`sms_fallback_method` text DEFAULT 'POST' NOT NULL,
	`voice_url` text,
	`voice_method` text DEFAULT 'POST' NOT NULL,
	`voice_fallback_url` text,
	`voice_fallback_method` text DEFAULT 'POST' NOT NULL,
	`status_callback` text,
	`status_callback_method` text DEFAULT 'POST' NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `phone_numbers_by_number` ON `phone_numbers` (`phone_number`);--> statement-breakpoint
CREATE INDEX `phone_numbers_by_account` ON `phone_numbers` (`account_sid`,`created_at`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `upstream_auth_token` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `alert_url` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `alert_level` text DEFAULT 'error' NOT NULL;