CREATE TABLE `content_keys` (
	`version` text PRIMARY KEY NOT NULL,
	`asset_id` text NOT NULL,
	`scheme` text NOT NULL,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`asset_id`) REFERENCES `assets`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `content_keys_asset` ON `content_keys` (`asset_id`);--> statement-breakpoint
ALTER TABLE `series` ADD `protection` text DEFAULT 'none' NOT NULL;