CREATE TABLE `revocations` (
	`viewer_hash` text PRIMARY KEY NOT NULL,
	`revoked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revocations_recent` ON `revocations` (`revoked_at`);--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `retire_at` integer;