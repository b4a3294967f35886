CREATE TABLE `prefixes_to_sweep` (
	`prefix` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL,
	`claimed_at` integer
);
--> statement-breakpoint
CREATE INDEX `prefixes_to_sweep_due` ON `prefixes_to_sweep` (`due_at`);--> statement-breakpoint
ALTER TABLE `jobs` ADD `phase` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `timeline` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `attempt_base` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `playable_version` text;--> statement-breakpoint
ALTER TABLE `series` ADD `encoding` text;--> statement-breakpoint
-- Versions that were replaced before there was a sweep. A day from now: a pass for one may be minutes old.
INSERT INTO `prefixes_to_sweep` SELECT 'a/' || `asset_id` || '/' || `version` || '/', unixepoch() * 1000 + 86400000, NULL FROM `asset_versions` WHERE `version` NOT IN (SELECT `current_version` FROM `assets` WHERE `current_version` IS NOT NULL);
