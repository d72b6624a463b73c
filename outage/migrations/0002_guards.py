"""What the database itself guarantees: outage numbers from a sequence, and a stream that is only ever added to.

TRUNCATE is let through where ``app.allow_truncate`` is set, which only the test suite does to empty its tables.
"""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE outage_outage_number;

CREATE FUNCTION outage_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'outage events are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER outageevent_no_change BEFORE UPDATE OR DELETE ON outage_outageevent
    FOR EACH ROW EXECUTE FUNCTION outage_append_only();
CREATE TRIGGER outageevent_no_truncate BEFORE TRUNCATE ON outage_outageevent
    FOR EACH STATEMENT EXECUTE FUNCTION outage_append_only();

CREATE FUNCTION outage_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'outages are never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.number <> OLD.number OR NEW.registered_at <> OLD.registered_at THEN
        RAISE EXCEPTION 'number and registration of an outage never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER outage_stays BEFORE UPDATE OR DELETE ON outage_outage
    FOR EACH ROW EXECUTE FUNCTION outage_stays();
"""

BACKWARD = """
DROP TRIGGER outage_stays ON outage_outage;
DROP FUNCTION outage_stays();
DROP TRIGGER outageevent_no_truncate ON outage_outageevent;
DROP TRIGGER outageevent_no_change ON outage_outageevent;
DROP FUNCTION outage_append_only();
DROP SEQUENCE outage_outage_number;
"""


class Migration(migrations.Migration):
    dependencies = [("outage", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
