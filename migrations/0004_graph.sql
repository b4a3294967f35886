CREATE TABLE `drops` (
	`id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`at` integer NOT NULL,
	`episodes` text NOT NULL,
	`policies` text NOT NULL,
	`caption_languages` text NOT NULL,
	`failure` text,
	`run` text,
	`created_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `drops_due` ON `drops` (`state`,`at`);--> statement-breakpoint
CREATE TABLE `edges` (
	`series_id` text NOT NULL,
	`position` integer NOT NULL,
	`from_id` text NOT NULL,
	`to_id` text NOT NULL,
	`kind` text NOT NULL,
	`condition` text,
	`choice` text,
	`autoplay` integer NOT NULL,
	PRIMARY KEY(`series_id`, `position`),
	FOREIGN KEY (`series_id`) REFERENCES `series`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`from_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`to_id`) REFERENCES `episodes`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `edges_from` ON `edges` (`from_id`);--> statement-breakpoint
CREATE INDEX `edges_to` ON `edges` (`to_id`);--> statement-breakpoint
CREATE TABLE `localisations` (
	`scope` text NOT NULL,
	`scope_id` text NOT NULL,
	`language` text NOT NULL,
	`title` text NOT NULL,
	`synopsis` text,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`scope`, `scope_id`, `language`)
);
--> statement-breakpoint
ALTER TABLE `series` ADD `default_language` text;--> statement-breakpoint
ALTER TABLE `series` ADD `graph_version` integer DEFAULT 0 NOT NULL;