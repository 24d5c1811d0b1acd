-- For the version before this one, which may run beside it for a while: its query's words, found in the new index.
CREATE OR REPLACE FUNCTION search_messages(p_query tsquery, p_limit integer) RETURNS TABLE (message_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT found.message_id FROM find_messages(p_query::text, p_limit, NULL) found;
$$;

DROP INDEX messages_words_idx;
DROP FUNCTION message_words;
