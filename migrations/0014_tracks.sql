CREATE TABLE `asset_tracks` (
	`version` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`language` text,
	`label` text NOT NULL,
	`is_machine_generated` integer NOT NULL,
	`is_default` integer NOT NULL,
	`channels` integer,
	`codecs` text,
	`bandwidth_bps` integer,
	`average_bandwidth_bps` integer,
	`sidecar_id` text,
	`created_at` integer NOT NULL,
	`removed_at` integer,
	PRIMARY KEY(`version`, `name`),
	FOREIGN KEY (`version`) REFERENCES `asset_versions`(`version`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `caption_sidecars` (
	`episode_id` text NOT NULL,
	`language` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`file_key` text,
	`label` text,
	`is_machine_generated` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`episode_id`, `language`, `kind`),
	FOREIGN KEY (`episode_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `asset_versions` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `asset_versions` ADD `numbers_taken` integer DEFAULT 0 NOT NULL;