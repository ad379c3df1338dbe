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
CREATE TABLE `statements_under_way` (
	`sid` text PRIMARY KEY NOT NULL,
	`progress` text NOT NULL
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
-- What is there already is counted by the first month that is closed, which is this one: until now nothing said which month a desk had booked it in.
INSERT INTO `closed_months` SELECT strftime('%Y-%m', 'now', 'start of month', '-1 month'), 0, 0 WHERE EXISTS (SELECT 1 FROM `ledger_entries`);--> statement-breakpoint
UPDATE `ledger_entries` SET `month` = strftime('%Y-%m', 'now'), `desk` = substr(`cause`, 1, instr(`cause`, '/') - 1),
	`desk_seq` = cast(substr(`cause`, instr(`cause`, '-') + 1) AS integer)
	WHERE `kind` = 'charge';--> statement-breakpoint
UPDATE `ledger_entries` SET `month` = strftime('%Y-%m', 'now'), `desk` = (
	SELECT substr(own.`ledger_account`, 8) FROM `ledger_entries` AS own
	WHERE own.`transaction_id` = `ledger_entries`.`transaction_id` AND own.`ledger_account` LIKE 'credit:%')
	WHERE `kind` = 'credit';--> statement-breakpoint
UPDATE `ledger_entries` SET `desk_seq` = (
	SELECT min(`seq`) FROM `desk_checkpoints` WHERE `desk_checkpoints`.`desk` = `ledger_entries`.`desk`
	AND `desk_checkpoints`.`created_at` >= `ledger_entries`.`created_at`)
	WHERE `kind` = 'credit';--> statement-breakpoint
-- During a deployment a desk of the version before may still flush. It says no month: it is refused, keeps what it has, and sends it again as the new version.
CREATE TRIGGER `ledger_entries_say_their_month` BEFORE INSERT ON `ledger_entries`
	WHEN NEW.`kind` IN ('charge', 'credit') AND (NEW.`month` IS NULL OR NEW.`desk` IS NULL OR NEW.`desk_seq` IS NULL)
	BEGIN SELECT RAISE(ABORT, 'a charge or credit says its month and its desk'); END;--> statement-breakpoint
-- Also for INSERT OR REPLACE, which asks no other trigger.
CREATE TRIGGER `ledger_entries_are_inserted_once` BEFORE INSERT ON `ledger_entries`
	WHEN EXISTS (SELECT 1 FROM `ledger_entries` WHERE `transaction_id` = NEW.`transaction_id` AND `ledger_account` = NEW.`ledger_account`)
	BEGIN SELECT RAISE(IGNORE); END;--> statement-breakpoint
CREATE TRIGGER `ledger_entries_are_not_changed` BEFORE UPDATE ON `ledger_entries` BEGIN SELECT RAISE(ABORT, 'ledger entries are not changed'); END;--> statement-breakpoint
CREATE TRIGGER `ledger_entries_are_not_deleted` BEFORE DELETE ON `ledger_entries` BEGIN SELECT RAISE(ABORT, 'ledger entries are not deleted'); END;--> statement-breakpoint
CREATE TRIGGER `statements_are_inserted_once` BEFORE INSERT ON `statements`
	WHEN EXISTS (SELECT 1 FROM `statements` WHERE `sid` = NEW.`sid` OR (`month` = NEW.`month` AND `account_sid` = NEW.`account_sid` AND `role` = NEW.`role`) OR (`account_sid` = NEW.`account_sid` AND `role` = NEW.`role` AND `number` = NEW.`number`))
	BEGIN SELECT RAISE(IGNORE); END;--> statement-breakpoint
CREATE TRIGGER `statements_are_not_changed` BEFORE UPDATE ON `statements` BEGIN SELECT RAISE(ABORT, 'statements are not changed'); END;--> statement-breakpoint
CREATE TRIGGER `statements_are_not_deleted` BEFORE DELETE ON `statements` BEGIN SELECT RAISE(ABORT, 'statements are not deleted'); END;--> statement-breakpoint
CREATE TRIGGER `payments_are_inserted_once` BEFORE INSERT ON `payments`
	WHEN EXISTS (SELECT 1 FROM `payments` WHERE `sid` = NEW.`sid` OR (`statement_sid` = NEW.`statement_sid` AND `idempotency_key` = NEW.`idempotency_key`))
	BEGIN SELECT RAISE(IGNORE); END;--> statement-breakpoint
CREATE TRIGGER `payments_are_not_changed` BEFORE UPDATE ON `payments` BEGIN SELECT RAISE(ABORT, 'payments are not changed'); END;--> statement-breakpoint
CREATE TRIGGER `payments_are_not_deleted` BEFORE DELETE ON `payments` BEGIN SELECT RAISE(ABORT, 'payments are not deleted'); END;
