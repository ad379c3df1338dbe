CREATE TABLE `alert_notices` (
	`account_sid` text NOT NULL,
	`error_code` integer NOT NULL,
	`tried_at` integer NOT NULL,
	PRIMARY KEY(`account_sid`, `error_code`)
);
--> statement-breakpoint
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
	`created_at` integer NOT NULL,
	`notice_due_at` integer
);
--> statement-breakpoint
CREATE INDEX `alerts_by_account` ON `alerts` (`account_sid`,`created_at`);--> statement-breakpoint
CREATE INDEX `alerts_to_be_noticed` ON `alerts` (`account_sid`,`error_code`) WHERE notice_due_at IS NOT NULL;--> statement-breakpoint
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