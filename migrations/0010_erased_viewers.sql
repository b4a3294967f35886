CREATE TABLE `erased_viewers` (
	`viewer_hash` text PRIMARY KEY NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `erased_viewers_until` ON `erased_viewers` (`until`);--> statement-breakpoint
ALTER TABLE `webhook_events` ADD `viewer_hash` text;--> statement-breakpoint
CREATE INDEX `webhook_events_viewer` ON `webhook_events` (`viewer_hash`,`type`);--> statement-breakpoint
ALTER TABLE `quarantined_messages` ADD `viewer_hash` text;--> statement-breakpoint
CREATE INDEX `quarantined_messages_viewer` ON `quarantined_messages` (`viewer_hash`);