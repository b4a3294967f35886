CREATE TABLE `signing_key_sources` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`asked_at` integer NOT NULL,
	`fetched_at` integer,
	`failure` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_key_sources_url` ON `signing_key_sources` (`url`);--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `source_id` text;