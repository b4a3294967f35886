CREATE TABLE `episode_days` (
	`day` integer NOT NULL,
	`episode_id` text NOT NULL,
	`shard` integer NOT NULL,
	`series_id` text NOT NULL,
	`version` integer NOT NULL,
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
	`unique_viewers` integer NOT NULL,
	`startup_ms` text NOT NULL,
	`watched_percent` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`day`, `episode_id`, `shard`)
);
--> statement-breakpoint
CREATE INDEX `episode_days_series` ON `episode_days` (`series_id`,`day`);--> statement-breakpoint
CREATE TABLE `raw_event_keys` (
	`day` integer PRIMARY KEY NOT NULL,
	`key` text NOT NULL
);
