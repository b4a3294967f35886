CREATE TABLE `access_policies` (
	`scope` text NOT NULL,
	`scope_id` text NOT NULL,
	`policy` text NOT NULL,
	`version` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`scope`, `scope_id`)
);
--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`label` text NOT NULL,
	`secret_sha256` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_secret` ON `api_keys` (`secret_sha256`);--> statement-breakpoint
CREATE TABLE `arcs` (
	`id` text PRIMARY KEY NOT NULL,
	`series_id` text NOT NULL,
	`number` integer NOT NULL,
	`title` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`series_id`) REFERENCES `series`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `arcs_number` ON `arcs` (`series_id`,`number`);--> statement-breakpoint
CREATE TABLE `asset_versions` (
	`version` text PRIMARY KEY NOT NULL,
	`asset_id` text NOT NULL,
	`duration_seconds` real NOT NULL,
	`segment_durations_seconds` text NOT NULL,
	`warnings` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`asset_id`) REFERENCES `assets`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `asset_versions_asset` ON `asset_versions` (`asset_id`);--> statement-breakpoint
CREATE TABLE `assets` (
	`id` text PRIMARY KEY NOT NULL,
	`episode_id` text NOT NULL,
	`current_version` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `assets_episode` ON `assets` (`episode_id`);--> statement-breakpoint
CREATE TABLE `episodes` (
	`id` text PRIMARY KEY NOT NULL,
	`series_id` text NOT NULL,
	`season_id` text,
	`arc_id` text,
	`number` integer NOT NULL,
	`title` text NOT NULL,
	`synopsis` text,
	`tier` text,
	`release_at` integer,
	`published_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`series_id`) REFERENCES `series`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`season_id`) REFERENCES `seasons`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`arc_id`) REFERENCES `arcs`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE UNIQUE INDEX `episodes_number` ON `episodes` (`series_id`,`number`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`episode_id` text NOT NULL,
	`asset_id` text NOT NULL,
	`state` text NOT NULL,
	`source_key` text NOT NULL,
	`source_size_bytes` integer NOT NULL,
	`attempt` integer NOT NULL,
	`given_back` integer DEFAULT 0 NOT NULL,
	`fence` text,
	`lease_until_at` integer,
	`version` text,
	`progress` real NOT NULL,
	`failure_code` text,
	`failure_detail` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "jobs_progress" CHECK("jobs"."progress" BETWEEN 0 AND 1)
);
--> statement-breakpoint
CREATE INDEX `jobs_episode` ON `jobs` (`episode_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `jobs_open` ON `jobs` (`state`,`created_at`);--> statement-breakpoint
CREATE TABLE `received_webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `renditions` (
	`version` text NOT NULL,
	`position` integer NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`bandwidth_bps` integer NOT NULL,
	`average_bandwidth_bps` integer NOT NULL,
	`codecs` text NOT NULL,
	`frame_rate` real NOT NULL,
	PRIMARY KEY(`version`, `position`),
	FOREIGN KEY (`version`) REFERENCES `asset_versions`(`version`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `seasons` (
	`id` text PRIMARY KEY NOT NULL,
	`series_id` text NOT NULL,
	`number` integer NOT NULL,
	`title` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`series_id`) REFERENCES `series`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `seasons_number` ON `seasons` (`series_id`,`number`);--> statement-breakpoint
CREATE TABLE `series` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`synopsis` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `series_slug` ON `series` (`slug`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`alg` text NOT NULL,
	`public_jwk` text NOT NULL,
	`private_jwk_sealed` text,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE TABLE `views` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`session_id` text NOT NULL,
	`episode_id` text NOT NULL,
	`viewer_pseudonym` text NOT NULL,
	`watched` text NOT NULL,
	`startup_ms` integer,
	`stalls` text NOT NULL,
	`ended` integer NOT NULL,
	`left_by` text,
	`started_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `views_episode` ON `views` (`episode_id`,`started_at`);