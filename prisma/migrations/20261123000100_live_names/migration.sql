-- A name belongs to one service of a project until that service is deleted; one that failed to be made holds no name.
CREATE UNIQUE INDEX "services_live_name_key" ON "services"("project_id", "name")
  WHERE "deleted_at" IS NULL AND "status" <> 'FAILED';
