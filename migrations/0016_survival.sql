CREATE TABLE `survival_curves` (
	`scope_id` text PRIMARY KEY NOT NULL,
	`series_id` text NOT NULL,
	`curve` text,
	`views` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`series_id`) REFERENCES `series`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `survival_curves_series` ON `survival_curves` (`series_id`);