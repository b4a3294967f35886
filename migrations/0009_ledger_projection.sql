CREATE TABLE `ledger_txns` (
	`txn_id` text PRIMARY KEY NOT NULL,
	`viewer_hash` text NOT NULL,
	`kind` text NOT NULL,
	`paid` integer NOT NULL,
	`bonus` integer NOT NULL,
	`debt_coins` integer NOT NULL,
	`reference` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ledger_txns_viewer` ON `ledger_txns` (`viewer_hash`,`created_at`);--> statement-breakpoint
CREATE INDEX `ledger_txns_created` ON `ledger_txns` (`created_at`);--> statement-breakpoint
CREATE TABLE `ledger_unlocks` (
	`unlock_id` text NOT NULL,
	`viewer_hash` text NOT NULL,
	`episode_id` text NOT NULL,
	`series_id` text,
	`method` text NOT NULL,
	`coins` integer NOT NULL,
	`created_at` integer NOT NULL,
	`ended_at` integer,
	`end_kind` text,
	PRIMARY KEY(`unlock_id`, `viewer_hash`)
);
--> statement-breakpoint
CREATE INDEX `ledger_unlocks_viewer` ON `ledger_unlocks` (`viewer_hash`);--> statement-breakpoint
CREATE INDEX `ledger_unlocks_series` ON `ledger_unlocks` (`series_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `ledger_unlocks_created` ON `ledger_unlocks` (`created_at`);--> statement-breakpoint
CREATE TABLE `quarantined_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`reason` text NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `quarantined_messages_received` ON `quarantined_messages` (`received_at`);