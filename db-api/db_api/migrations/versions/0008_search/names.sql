-- Names, titles and presets are NFC from now on, so that a name typed in two ways is one name. Where that name is taken
-- already, the older row keeps its spelling.
UPDATE chats SET title = normalize(title, NFC) WHERE title IS NOT NFC NORMALIZED;
UPDATE chats SET first_words = normalize(first_words, NFC) WHERE first_words IS NOT NFC NORMALIZED;
UPDATE chats SET name = normalize(name, NFC) WHERE id IN (
    SELECT DISTINCT ON (user_id, lower(normalize(name, NFC))) id FROM chats c
    WHERE name IS NOT NFC NORMALIZED AND char_length(normalize(name, NFC)) <= 100 AND NOT EXISTS (
        SELECT FROM chats other WHERE other.user_id = c.user_id AND lower(other.name) = lower(normalize(c.name, NFC)))
    ORDER BY user_id, lower(normalize(name, NFC)), updated_at DESC
);
UPDATE presets SET name = normalize(name, NFC) WHERE id IN (
    SELECT DISTINCT ON (user_id, lower(normalize(name, NFC))) id FROM presets p
    WHERE name IS NOT NFC NORMALIZED AND char_length(normalize(name, NFC)) <= 100 AND NOT EXISTS (
        SELECT FROM presets other WHERE other.user_id = p.user_id AND lower(other.name) = lower(normalize(p.name, NFC)))
    ORDER BY user_id, lower(normalize(name, NFC)), id
);
UPDATE api_keys SET name = normalize(name, NFC)
WHERE name IS NOT NFC NORMALIZED AND char_length(normalize(name, NFC)) <= 100;
