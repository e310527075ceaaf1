-- CreateEnum
CREATE TYPE "Role" AS ENUM ('viewer', 'developer', 'admin', 'owner');

-- AlterEnum
ALTER TYPE "OperationState" ADD VALUE 'CANCELLED';

-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ServiceStatus" ADD VALUE 'PAUSING';
ALTER TYPE "ServiceStatus" ADD VALUE 'RESUMING';
ALTER TYPE "ServiceStatus" ADD VALUE 'UPGRADING';
ALTER TYPE "ServiceStatus" ADD VALUE 'EXPIRING';
ALTER TYPE "ServiceStatus" ADD VALUE 'EXPIRED';

-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "role" "Role" NOT NULL DEFAULT 'admin';

-- AlterTable
ALTER TABLE "operations" ADD COLUMN     "cancel_asked_at" TIMESTAMPTZ(3),
ADD COLUMN     "cancel_asked_by" TEXT;

-- AlterTable
ALTER TABLE "projects" ADD COLUMN     "allow_never" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "audit_hash" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "audit_seq" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "fork_prod_role" "Role" NOT NULL DEFAULT 'developer',
ADD COLUMN     "max_forks" INTEGER NOT NULL DEFAULT 500,
ADD COLUMN     "max_running" INTEGER NOT NULL DEFAULT 64,
ADD COLUMN     "max_store_bytes" BIGINT,
ADD COLUMN     "on_expiry" TEXT NOT NULL DEFAULT 'postpone',
ADD COLUMN     "plans" JSONB,
ADD COLUMN     "postpone_seconds" INTEGER NOT NULL DEFAULT 1800,
ADD COLUMN     "progress_seq" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "services" ADD COLUMN     "allow_list" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "expired_at" TIMESTAMPTZ(3),
ADD COLUMN     "labels" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "postponed" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "protected_by" TEXT,
ADD COLUMN     "purpose" TEXT;

-- CreateTable
CREATE TABLE "memberships" (
    "project_id" CHAR(10) NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("project_id","user_id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "id" CHAR(10) NOT NULL,
    "project_id" CHAR(10) NOT NULL,
    "role" "Role" NOT NULL,
    "email" TEXT,
    "token_hash" TEXT NOT NULL,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "disarmed_items" (
    "id" CHAR(10) NOT NULL,
    "service_id" CHAR(10) NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "armed_at" TIMESTAMPTZ(3),
    "armed_by" TEXT,

    CONSTRAINT "disarmed_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "retired_volumes" (
    "volume_id" CHAR(10) NOT NULL,
    "service_id" CHAR(10) NOT NULL,
    "retired_at" TIMESTAMPTZ(3) NOT NULL,
    "purge_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_by" TEXT,
    "columns" JSONB NOT NULL,

    CONSTRAINT "retired_volumes_pkey" PRIMARY KEY ("volume_id")
);

-- CreateTable
CREATE TABLE "expiry_warnings" (
    "service_id" CHAR(10) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "threshold" TEXT NOT NULL,
    "warned_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "expiry_warnings_pkey" PRIMARY KEY ("service_id","expires_at","threshold")
);

-- CreateTable
CREATE TABLE "progress_events" (
    "project_id" CHAR(10) NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,

    CONSTRAINT "progress_events_pkey" PRIMARY KEY ("project_id","seq")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "project_id" CHAR(10) NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "via" TEXT NOT NULL,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "object_type" TEXT NOT NULL,
    "object_id" TEXT NOT NULL,
    "object_name" TEXT,
    "before" JSONB,
    "after" JSONB,
    "previous" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("project_id","seq")
);

-- CreateTable
CREATE TABLE "webhooks" (
    "id" CHAR(10) NOT NULL,
    "project_id" CHAR(10) NOT NULL,
    "url" TEXT NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "events" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT,

    CONSTRAINT "webhooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" CHAR(10) NOT NULL,
    "project_id" CHAR(10) NOT NULL,
    "channel" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "price_books" (
    "id" CHAR(10) NOT NULL,
    "project_id" CHAR(10) NOT NULL,
    "effective_from" TIMESTAMPTZ(3) NOT NULL,
    "currency" TEXT NOT NULL,
    "vcpu_hour" BIGINT NOT NULL,
    "gib_hour" BIGINT NOT NULL,
    "storage_gib_month" BIGINT NOT NULL,
    "pinned_billed" BOOLEAN NOT NULL,
    "is_example" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT,

    CONSTRAINT "price_books_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage_meters" (
    "service_id" CHAR(10) NOT NULL,
    "project_id" CHAR(10) NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "written_bytes" BIGINT NOT NULL,
    "pinned_bytes" BIGINT NOT NULL,
    "compute_since" TIMESTAMPTZ(3),
    "cpu_millis" INTEGER NOT NULL,
    "memory_gbs" INTEGER NOT NULL,

    CONSTRAINT "usage_meters_pkey" PRIMARY KEY ("service_id")
);

-- CreateTable
CREATE TABLE "usage_hours" (
    "project_id" CHAR(10) NOT NULL,
    "service_id" CHAR(10) NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "cpu_millis" INTEGER NOT NULL,
    "memory_gbs" INTEGER NOT NULL,
    "compute_ms" BIGINT NOT NULL DEFAULT 0,
    "written_byte_ms" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "pinned_byte_ms" DECIMAL(38,0) NOT NULL DEFAULT 0,

    CONSTRAINT "usage_hours_pkey" PRIMARY KEY ("service_id","hour","cpu_millis","memory_gbs")
);

-- CreateTable
CREATE TABLE "budgets" (
    "project_id" CHAR(10) NOT NULL,
    "monthly_micro_cents" BIGINT NOT NULL,
    "alert_percents" INTEGER[],
    "alerted_percent" INTEGER NOT NULL DEFAULT 0,
    "alerted_month" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("project_id")
);

-- CreateTable
CREATE TABLE "schema_readings" (
    "operation_id" CHAR(10) NOT NULL,
    "service_id" CHAR(10) NOT NULL,
    "against" TEXT NOT NULL,
    "read_at" TIMESTAMPTZ(3) NOT NULL,
    "content" JSONB NOT NULL,

    CONSTRAINT "schema_readings_pkey" PRIMARY KEY ("operation_id")
);

-- CreateIndex
CREATE INDEX "memberships_user_id_idx" ON "memberships"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

-- CreateIndex
CREATE INDEX "invitations_project_id_idx" ON "invitations"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "disarmed_items_service_id_kind_name_key" ON "disarmed_items"("service_id", "kind", "name");

-- CreateIndex
CREATE INDEX "retired_volumes_service_id_retired_at_idx" ON "retired_volumes"("service_id", "retired_at");

-- CreateIndex
CREATE INDEX "retired_volumes_purge_at_idx" ON "retired_volumes"("purge_at");

-- CreateIndex
CREATE INDEX "progress_events_at_idx" ON "progress_events"("at");

-- CreateIndex
CREATE INDEX "audit_entries_project_id_object_id_idx" ON "audit_entries"("project_id", "object_id");

-- CreateIndex
CREATE INDEX "webhooks_project_id_idx" ON "webhooks"("project_id");

-- CreateIndex
CREATE INDEX "deliveries_next_at_idx" ON "deliveries"("next_at");

-- CreateIndex
CREATE UNIQUE INDEX "price_books_project_id_effective_from_key" ON "price_books"("project_id", "effective_from");

-- CreateIndex
CREATE INDEX "usage_meters_project_id_idx" ON "usage_meters"("project_id");

-- CreateIndex
CREATE INDEX "usage_hours_project_id_hour_idx" ON "usage_hours"("project_id", "hour");

-- CreateIndex
CREATE INDEX "schema_readings_service_id_against_read_at_idx" ON "schema_readings"("service_id", "against", "read_at");

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "disarmed_items" ADD CONSTRAINT "disarmed_items_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "services"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "retired_volumes" ADD CONSTRAINT "retired_volumes_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "services"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- Whoever had an account before there were roles could do everything.
INSERT INTO "memberships" ("project_id", "user_id", "role", "created_at")
SELECT p."id", u."id", 'owner', u."created_at" FROM "projects" p CROSS JOIN "users" u;
