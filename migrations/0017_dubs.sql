ALTER TABLE `jobs` ADD `dub` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `base_version` text;