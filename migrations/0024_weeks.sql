CREATE TABLE `episode_weeks` (
	`week` integer NOT NULL,
	`episode_id` text NOT NULL,
	`shard` integer NOT NULL,
	`series_id` text NOT NULL,
	`started` integer NOT NULL,
	`playback_failures` integer NOT NULL,
	`startup_failures` integer NOT NULL,
	`exits_before_start` integer NOT NULL,
	`business_exceptions` integer NOT NULL,
	`flicks` integer NOT NULL,
	`pending` integer NOT NULL,
	`flagged` integer NOT NULL,
	`completed` integer NOT NULL,
	`played_ms` integer NOT NULL,
	`watched_basis_points` integer NOT NULL,
	`measured_views` integer NOT NULL,
	`stalls` integer NOT NULL,
	`stall_ms` integer NOT NULL,
	`views_with_stall` integer NOT NULL,
	`instant_starts` integer NOT NULL,
	`shown_ms` integer NOT NULL,
	`shown_kilobits` integer NOT NULL,
	`low_ms` integer NOT NULL,
	`scored_views` integer NOT NULL,
	`score_basis_points` integer NOT NULL,
	`fetched_bytes` integer NOT NULL,
	`unwatched_bytes` integer NOT NULL,
	`paywalls` integer NOT NULL,
	`unlocks` integer NOT NULL,
	PRIMARY KEY(`week`, `episode_id`, `shard`)
);
--> statement-breakpoint
CREATE INDEX `episode_weeks_series` ON `episode_weeks` (`series_id`,`week`);--> statement-breakpoint
ALTER TABLE `episode_days` DROP COLUMN `unique_viewers`;--> statement-breakpoint
-- Weeks of the days that are there already; 259200000: 1 January 1970 was a Thursday.
INSERT INTO `episode_weeks` (`week`, `episode_id`, `shard`, `series_id`, `started`, `playback_failures`, `startup_failures`, `exits_before_start`, `business_exceptions`, `flicks`, `pending`, `flagged`, `completed`, `played_ms`, `watched_basis_points`, `measured_views`, `stalls`, `stall_ms`, `views_with_stall`, `instant_starts`, `shown_ms`, `shown_kilobits`, `low_ms`, `scored_views`, `score_basis_points`, `fetched_bytes`, `unwatched_bytes`, `paywalls`, `unlocks`)
SELECT `day` - (`day` + 259200000) % 604800000, `episode_id`, `shard`, MAX(`series_id`), SUM(`started`), SUM(`playback_failures`), SUM(`startup_failures`), SUM(`exits_before_start`), SUM(`business_exceptions`), SUM(`flicks`), SUM(`pending`), SUM(`flagged`), SUM(`completed`), SUM(`played_ms`), SUM(`watched_basis_points`), SUM(`measured_views`), SUM(`stalls`), SUM(`stall_ms`), SUM(`views_with_stall`), SUM(`instant_starts`), SUM(`shown_ms`), SUM(`shown_kilobits`), SUM(`low_ms`), SUM(`scored_views`), SUM(`score_basis_points`), SUM(`fetched_bytes`), SUM(`unwatched_bytes`), SUM(`paywalls`), SUM(`unlocks`)
FROM `episode_days` GROUP BY 1, 2, 3;
