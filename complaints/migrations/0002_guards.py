"""What the database itself guarantees: order numbers from a sequence, and a stream that is only ever added to.

TRUNCATE is let through where ``app.allow_truncate`` is set, which only the test suite does to empty its tables.
"""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE complaints_order_number;

CREATE FUNCTION complaints_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'order events are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER orderevent_no_change BEFORE UPDATE OR DELETE ON complaints_orderevent
    FOR EACH ROW EXECUTE FUNCTION complaints_append_only();
CREATE TRIGGER orderevent_no_truncate BEFORE TRUNCATE ON complaints_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION complaints_append_only();

CREATE FUNCTION complaints_order_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'orders are never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.number <> OLD.number OR NEW.registered_at <> OLD.registered_at OR NEW.registered_by_id <> OLD.registered_by_id
       OR NEW.query_code <> OLD.query_code THEN
        RAISE EXCEPTION 'number, query code and registration of an order never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER order_stays BEFORE UPDATE OR DELETE ON complaints_order
    FOR EACH ROW EXECUTE FUNCTION complaints_order_stays();
"""

BACKWARD = """
DROP TRIGGER order_stays ON complaints_order;
DROP FUNCTION complaints_order_stays();
DROP TRIGGER orderevent_no_truncate ON complaints_orderevent;
DROP TRIGGER orderevent_no_change ON complaints_orderevent;
DROP FUNCTION complaints_append_only();
DROP SEQUENCE complaints_order_number;
"""


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
