CREATE TABLE `store_accounts` (
	`token` text PRIMARY KEY NOT NULL,
	`viewer_id` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `store_accounts_viewer` ON `store_accounts` (`viewer_id`);--> statement-breakpoint
CREATE TABLE `store_acknowledgements` (
	`reference` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`product_id` text NOT NULL,
	`purchase_token` text NOT NULL,
	`tries` integer NOT NULL,
	`next_try_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `store_acknowledgements_due` ON `store_acknowledgements` (`next_try_at`);--> statement-breakpoint
CREATE TABLE `store_notifications` (
	`id` text PRIMARY KEY NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `store_products` (
	`store` text NOT NULL,
	`product_id` text NOT NULL,
	`coins` integer NOT NULL,
	`bonus_coins` integer NOT NULL,
	`bonus_expires_after_days` integer,
	`pass` text,
	`pass_days` integer,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`store`, `product_id`)
);
--> statement-breakpoint
CREATE TABLE `store_purchases` (
	`id` text PRIMARY KEY NOT NULL,
	`store` text NOT NULL,
	`reference` text NOT NULL,
	`product_id` text NOT NULL,
	`quantity` integer NOT NULL,
	`chain` text NOT NULL,
	`account_token` text,
	`viewer_id` text,
	`purchased_at` integer NOT NULL,
	`expires_at` integer,
	`grace_until_at` integer,
	`revoked_at` integer,
	`as_of_at` integer NOT NULL,
	`version` integer NOT NULL,
	`parked` text,
	`coins` integer,
	`bonus_coins` integer,
	`bonus_expires_at` integer,
	`credit` text NOT NULL,
	`round` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `store_purchases_reference` ON `store_purchases` (`reference`);--> statement-breakpoint
CREATE INDEX `store_purchases_chain` ON `store_purchases` (`chain`);--> statement-breakpoint
CREATE INDEX `store_purchases_parked` ON `store_purchases` (`id`) WHERE "store_purchases"."parked" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `store_purchases_open` ON `store_purchases` (`updated_at`) WHERE "store_purchases"."credit" = 'begun' OR ("store_purchases"."credit" = 'done' AND "store_purchases"."revoked_at" IS NOT NULL);