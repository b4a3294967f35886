ALTER TABLE `drops` ADD `request_sha256` text;--> statement-breakpoint
CREATE INDEX `drops_request` ON `drops` (`request_sha256`);