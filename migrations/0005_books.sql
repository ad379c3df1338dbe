CREATE TABLE `test_credentials` (
	`account_sid` text PRIMARY KEY NOT NULL,
	`sid` text NOT NULL,
	`secret_sha256` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `test_credentials_sid_unique` ON `test_credentials` (`sid`);--> statement-breakpoint
CREATE TABLE `closed_months` (
	`month` text PRIMARY KEY NOT NULL,
	`closed_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `desk_closings` (
	`desk` text NOT NULL,
	`month` text NOT NULL,
	`from_seq` integer NOT NULL,
	`to_seq` integer NOT NULL,
	`events` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`month`, `desk`)
);
--> statement-breakpoint
CREATE TABLE `payments` (
	`sid` text PRIMARY KEY NOT NULL,
	`statement_sid` text NOT NULL,
	`account_sid` text NOT NULL,
	`amount_micros` integer NOT NULL,
	`reference` text NOT NULL,
	`idempotency_key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `payments_by_key` ON `payments` (`statement_sid`,`idempotency_key`);--> statement-breakpoint
CREATE INDEX `payments_by_statement` ON `payments` (`statement_sid`,`created_at`);--> statement-breakpoint
CREATE TABLE `reconciliations` (
	`desk` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`difference` text,
	`checked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `statements` (
	`sid` text PRIMARY KEY NOT NULL,
	`account_sid` text NOT NULL,
	`role` text NOT NULL,
	`month` text NOT NULL,
	`number` integer NOT NULL,
	`total_micros` integer NOT NULL,
	`document` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `statements_by_month` ON `statements` (`month`,`account_sid`,`role`);--> statement-breakpoint
CREATE UNIQUE INDEX `statements_by_number` ON `statements` (`account_sid`,`role`,`number`);--> statement-breakpoint
CREATE INDEX `statements_by_account` ON `statements` (`account_sid`,`created_at`);--> statement-breakpoint
DROP INDEX `invocations_by_account`;--> statement-breakpoint
ALTER TABLE `invocations` ADD `voided_seq` integer;--> statement-breakpoint
ALTER TABLE `invocations` ADD `voided_micros` integer;--> statement-breakpoint
CREATE INDEX `invocations_voided` ON `invocations` (`account_sid`,`voided_seq`) WHERE voided_seq IS NOT NULL;--> statement-breakpoint
CREATE INDEX `invocations_by_account` ON `invocations` (`account_sid`,`started_at`,`desk_seq`,`price_micros`);--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD `month` text;--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD `desk` text;--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD `desk_seq` integer;--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD `reason` text;--> statement-breakpoint
CREATE INDEX `ledger_entries_by_month` ON `ledger_entries` (`ledger_account`,`month`,`created_at`,`transaction_id`) WHERE month IS NOT NULL;--> statement-breakpoint
CREATE INDEX `ledger_entries_by_desk` ON `ledger_entries` (`desk`,`desk_seq`) WHERE desk IS NOT NULL;--> statement-breakpoint
-- What is there already: charges name their desk and flush in their cause, credits came with the first flush after them.
UPDATE `ledger_entries` SET `month` = strftime('%Y-%m', `created_at` / 1000, 'unixepoch'),
	`desk` = substr(`cause`, 1, instr(`cause`, '/') - 1),
	`desk_seq` = cast(substr(`cause`, instr(`cause`, '-') + 1) AS integer)
	WHERE `kind` = 'charge';--> statement-breakpoint
UPDATE `ledger_entries` SET `month` = strftime('%Y-%m', `created_at` / 1000, 'unixepoch'), `desk` = (
	SELECT substr(own.`ledger_account`, 8) FROM `ledger_entries` AS own
	WHERE own.`transaction_id` = `ledger_entries`.`transaction_id` AND own.`ledger_account` LIKE 'credit:%')
	WHERE `kind` = 'credit';--> statement-breakpoint
UPDATE `ledger_entries` SET `desk_seq` = (
	SELECT min(`seq`) FROM `desk_checkpoints` WHERE `desk_checkpoints`.`desk` = `ledger_entries`.`desk`
	AND `desk_checkpoints`.`created_at` >= `ledger_entries`.`created_at`)
	WHERE `kind` = 'credit';--> statement-breakpoint
CREATE TRIGGER `ledger_entries_are_not_changed` BEFORE UPDATE ON `ledger_entries` BEGIN SELECT RAISE(ABORT, 'ledger entries are not changed'); END;--> statement-breakpoint
CREATE TRIGGER `ledger_entries_are_not_deleted` BEFORE DELETE ON `ledger_entries` BEGIN SELECT RAISE(ABORT, 'ledger entries are not deleted'); END;--> statement-breakpoint
CREATE TRIGGER `statements_are_not_changed` BEFORE UPDATE ON `statements` BEGIN SELECT RAISE(ABORT, 'statements are not changed'); END;--> statement-breakpoint
CREATE TRIGGER `statements_are_not_deleted` BEFORE DELETE ON `statements` BEGIN SELECT RAISE(ABORT, 'statements are not deleted'); END;
