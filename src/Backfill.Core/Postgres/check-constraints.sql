-- Deferred foreign keys are looked at now: at COMMIT their error would say no more which statement it was.
SET CONSTRAINTS ALL IMMEDIATE
