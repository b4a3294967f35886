CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`episode_id` text NOT NULL,
	`job_id` text NOT NULL,
	`source_key` text NOT NULL,
	`multipart_id` text NOT NULL,
	`length_bytes` integer,
	`offset_bytes` integer DEFAULT 0 NOT NULL,
	`etags` text NOT NULL,
	`tail_key` text,
	`tail_bytes` integer DEFAULT 0 NOT NULL,
	`filename` text,
	`filetype` text,
	`declared_sha256` text,
	`url` text,
	`validator` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`claim` text,
	`claimed_until` integer DEFAULT 0 NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `uploads_episode` ON `uploads` (`episode_id`,`declared_sha256`);--> statement-breakpoint
CREATE INDEX `uploads_expiry` ON `uploads` (`expires_at`);--> statement-breakpoint
CREATE INDEX `uploads_open` ON `uploads` (`kind`,`state`,`claimed_until`);--> statement-breakpoint
ALTER TABLE `jobs` ADD `source_sha256` text;