-- What a user owns is counted in the user's row, in the transaction that changes it, and checked there against the
-- quotas of the connection (app.most_chats, app.most_messages, …; unset or 0: unlimited). The row's lock makes the
-- quotas exact however many requests come at once.
ALTER TABLE users
    ADD COLUMN chats integer NOT NULL DEFAULT 0,  -- deleted ones too, until they are purged
    ADD COLUMN messages integer NOT NULL DEFAULT 0,
    ADD COLUMN text_bytes bigint NOT NULL DEFAULT 0,  -- of messages and of chats' settings
    ADD COLUMN presets integer NOT NULL DEFAULT 0,
    ADD COLUMN api_keys integer NOT NULL DEFAULT 0,
    ADD COLUMN new_chats integer NOT NULL DEFAULT 0,  -- in the minute that began at new_chats_since
    ADD COLUMN new_chats_since timestamptz,
    SET (fillfactor = 50);  -- room to update the counters in place

-- The bytes of a message that count. A running reply's text is counted when it ends, so that writers, who store text of
-- many users at once, do not wait for users' rows.
CREATE FUNCTION counted_text(p_status text, p_content text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_status IN ('queued', 'generating') THEN 0 ELSE octet_length(p_content) END;

CREATE FUNCTION counted_settings(p_settings jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(p_settings::text) - octet_length('{}');

CREATE FUNCTION check_quota(p_name text, p_total bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_most bigint := nullif(nullif(current_setting('app.most_' || p_name, true), ''), '0');
BEGIN
    IF p_total > v_most THEN
        RAISE EXCEPTION 'quota reached' USING ERRCODE = 'PQ001', CONSTRAINT = p_name, DETAIL = v_most;
    END IF;
END $$;

CREATE FUNCTION add_to_totals(
    p_user_id uuid, p_chats integer = 0, p_messages integer = 0, p_bytes bigint = 0, p_presets integer = 0,
    p_keys integer = 0
) RETURNS users
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_user users;
BEGIN
    UPDATE users SET
        chats = chats + p_chats, messages = messages + p_messages, text_bytes = text_bytes + p_bytes,
        presets = presets + p_presets, api_keys = api_keys + p_keys
    WHERE id = p_user_id RETURNING * INTO v_user;
    RETURN v_user;  -- NULL while the user is being deleted
END $$;

-- The triggers treat users in one order, so that two transactions never wait for each other.

CREATE FUNCTION count_chats() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    v_minute CONSTANT interval := '1 minute';
    v_changed record;
    v_user users;
BEGIN
    FOR v_changed IN
        SELECT user_id, count(*)::integer AS chats, sum(counted_settings(settings)) AS bytes
        FROM changed GROUP BY user_id ORDER BY user_id
    LOOP
        v_user := add_to_totals(
            v_changed.user_id, p_chats => v_sign * v_changed.chats, p_bytes => v_sign * v_changed.bytes
        );
        CONTINUE WHEN TG_OP = 'DELETE';
        PERFORM check_quota('chats', v_user.chats);
        IF v_user.new_chats_since > now() - v_minute THEN
            UPDATE users SET new_chats = new_chats + v_changed.chats WHERE id = v_user.id RETURNING * INTO v_user;
        ELSE
            UPDATE users SET new_chats = v_changed.chats, new_chats_since = now() WHERE id = v_user.id
            RETURNING * INTO v_user;
        END IF;
        IF v_user.new_chats > nullif(nullif(current_setting('app.most_new_chats', true), ''), '0')::integer THEN
            RAISE EXCEPTION 'too many new chats' USING
                ERRCODE = 'PQ002', DETAIL = ceil(extract(epoch FROM v_user.new_chats_since + v_minute - now()));
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION count_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    v_changed record;
    v_user users;
BEGIN
    FOR v_changed IN
        SELECT user_id, count(*)::integer AS messages, sum(counted_text(status, content)) AS bytes
        FROM changed GROUP BY user_id ORDER BY user_id
    LOOP
        v_user := add_to_totals(
            v_changed.user_id, p_messages => v_sign * v_changed.messages, p_bytes => v_sign * v_changed.bytes
        );
        CONTINUE WHEN TG_OP = 'DELETE';
        PERFORM check_quota('messages', v_user.messages), check_quota('bytes', v_user.text_bytes);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION count_presets() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    v_changed record;
    v_user users;
BEGIN
    FOR v_changed IN SELECT user_id, count(*)::integer AS presets FROM changed GROUP BY user_id ORDER BY user_id LOOP
        v_user := add_to_totals(v_changed.user_id, p_presets => v_sign * v_changed.presets);
        CONTINUE WHEN TG_OP = 'DELETE';
        PERFORM check_quota('presets', v_user.presets);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION count_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    v_changed record;
    v_user users;
BEGIN
    FOR v_changed IN SELECT user_id, count(*)::integer AS keys FROM changed GROUP BY user_id ORDER BY user_id LOOP
        v_user := add_to_totals(v_changed.user_id, p_keys => v_sign * v_changed.keys);
        CONTINUE WHEN TG_OP = 'DELETE';
        PERFORM check_quota('keys', v_user.api_keys);
    END LOOP;
    RETURN NULL;
END $$;

-- The end of a reply is never refused; continuing one is, like a new message.
CREATE FUNCTION count_text() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_before integer := counted_text(OLD.status, OLD.content);
    v_user users;
BEGIN
    v_user := add_to_totals(NEW.user_id, p_bytes => counted_text(NEW.status, NEW.content) - v_before);
    IF NEW.status = 'queued' THEN
        PERFORM check_quota('bytes', v_user.text_bytes + v_before);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION count_settings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_growth integer := counted_settings(NEW.settings) - counted_settings(OLD.settings);
    v_user users;
BEGIN
    v_user := add_to_totals(NEW.user_id, p_bytes => v_growth);
    IF v_growth > 0 THEN
        PERFORM check_quota('bytes', v_user.text_bytes);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER count_inserted AFTER INSERT ON chats REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_chats();
CREATE TRIGGER count_deleted AFTER DELETE ON chats REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_chats();
CREATE TRIGGER count_inserted AFTER INSERT ON messages REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_messages();
CREATE TRIGGER count_deleted AFTER DELETE ON messages REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_messages();
CREATE TRIGGER count_inserted AFTER INSERT ON presets REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_presets();
CREATE TRIGGER count_deleted AFTER DELETE ON presets REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_presets();
CREATE TRIGGER count_inserted AFTER INSERT ON api_keys REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_keys();
CREATE TRIGGER count_deleted AFTER DELETE ON api_keys REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_keys();
CREATE TRIGGER count_changed AFTER UPDATE OF status, content ON messages FOR EACH ROW
    WHEN (counted_text(OLD.status, OLD.content) <> counted_text(NEW.status, NEW.content))
    EXECUTE FUNCTION count_text();
CREATE TRIGGER count_changed AFTER UPDATE OF settings ON chats FOR EACH ROW
    WHEN (OLD.settings <> NEW.settings) EXECUTE FUNCTION count_settings();

-- What is there already; the triggers' locks keep writers out until this transaction ends.
UPDATE users u SET
    chats = (SELECT count(*) FROM chats c WHERE c.user_id = u.id),
    presets = (SELECT count(*) FROM presets p WHERE p.user_id = u.id),
    api_keys = (SELECT count(*) FROM api_keys k WHERE k.user_id = u.id),
    text_bytes = (SELECT coalesce(sum(counted_settings(c.settings)), 0) FROM chats c WHERE c.user_id = u.id);
UPDATE users u SET messages = m.messages, text_bytes = text_bytes + m.bytes
FROM (
    SELECT user_id, count(*) AS messages, sum(counted_text(status, content)) AS bytes FROM messages GROUP BY user_id
) m
WHERE m.user_id = u.id;

REVOKE EXECUTE ON FUNCTION
    counted_text, counted_settings, check_quota, add_to_totals, count_chats, count_messages, count_presets, count_keys,
    count_text, count_settings
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION counted_text, counted_settings TO parley_api;  -- the triggers' conditions
