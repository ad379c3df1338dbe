CREATE TABLE `housekeeping` (
	`task` text PRIMARY KEY NOT NULL,
	`done_to` integer NOT NULL
);
