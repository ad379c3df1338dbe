CREATE TABLE `audio_uploads` (
	`account_sid` text NOT NULL,
	`recording_sid` text NOT NULL,
	`begun_at` integer NOT NULL,
	PRIMARY KEY(`account_sid`, `recording_sid`, `begun_at`)
);
--> statement-breakpoint
CREATE TABLE `dead_messages` (
	`sid` text PRIMARY KEY NOT NULL,
	`message` text NOT NULL,
	`deaths` integer NOT NULL,
	`redelivered_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dead_messages_message_unique` ON `dead_messages` (`message`);