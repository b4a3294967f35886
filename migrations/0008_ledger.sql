CREATE TABLE `pass_revocations` (
	`viewer_hash` text NOT NULL,
	`asset_id` text NOT NULL,
	`revoked_at` integer NOT NULL,
	PRIMARY KEY(`viewer_hash`, `asset_id`)
);
--> statement-breakpoint
CREATE INDEX `pass_revocations_recent` ON `pass_revocations` (`revoked_at`);