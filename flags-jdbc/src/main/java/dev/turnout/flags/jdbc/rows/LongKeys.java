package dev.turnout.flags.jdbc.rows;

/** See {@link KeyCodec#longs}. */
enum LongKeys implements KeyCodec<Long> {
    INSTANCE;

    @Override
    public int compare(Long one, Long other) {
        return Long.compare(one, other);
    }

    @Override
    public String toText(Long key) {
        return Long.toString(key);
    }

    @Override
    public Long fromText(String text) {
        return Long.valueOf(text);
    }
}
