CREATE TABLE `add_on_results` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`recording_sid` text NOT NULL,
	`add_on_sid` text NOT NULL,
	`configuration_sid` text NOT NULL,
	`status` text NOT NULL,
	`completed_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `add_on_results_by_recording` ON `add_on_results` (`recording_sid`,`created_at`);--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`add_on_result_sid` text NOT NULL,
	`recording_sid` text NOT NULL,
	`attempts` integer NOT NULL,
	`last_status` integer,
	`last_detail` text NOT NULL,
	`redelivered_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `dead_letters_by_account` ON `dead_letters` (`account_sid`,`created_at`);--> statement-breakpoint
CREATE INDEX `dead_letters_by_result` ON `dead_letters` (`add_on_result_sid`);--> statement-breakpoint
CREATE TABLE `payloads` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`recording_sid` text NOT NULL,
	`add_on_result_sid` text NOT NULL,
	`add_on_sid` text NOT NULL,
	`configuration_sid` text NOT NULL,
	`label` text NOT NULL,
	`content_type` text NOT NULL,
	`key` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `payloads_by_result` ON `payloads` (`add_on_result_sid`,`created_at`);--> statement-breakpoint
CREATE INDEX `payloads_by_recording` ON `payloads` (`recording_sid`);--> statement-breakpoint
CREATE TABLE `recordings` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`call_sid` text,
	`source` text NOT NULL,
	`media_type` text NOT NULL,
	`channels` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`wav` text,
	`start_due_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `recordings_by_account` ON `recordings` (`account_sid`,`created_at`);--> statement-breakpoint
CREATE INDEX `recordings_to_be_started` ON `recordings` (`start_due_at`) WHERE start_due_at IS NOT NULL;