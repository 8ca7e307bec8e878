package dev.turnout.flags.document;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Condition;

/** How bucketing stands in a flag or a migration: {@code bucketing: {hash: murmur3_32, salt: new-checkout}}; in a flag also {@code by}. */
final class BucketingForm {
    private BucketingForm() {}

    /** Of a flag or a migration; if it says nothing, its name is the salt. */
    static Bucketing read(Located entry, String name) {
        return entry.optional("bucketing").map(BucketingForm::read).orElseGet(() -> new Bucketing(name));
    }

    private static Bucketing read(Located fields) {
        Located hash = fields.required("hash");
        if (!hash.text().equals(Bucketing.HASH)) {
            throw hash.problem(
                    "the hash must be '" + Bucketing.HASH + "', the only one there is, but was '" + hash.text() + "'");
        }
        String salt = fields.required("salt").text();
        return fields.into(any -> new Bucketing(salt));
    }

    /** The attribute that is a flag's bucketing key. */
    static String readBy(Located flag) {
        return flag.optional("bucketing")
                .flatMap(fields -> fields.optional("by"))
                .map(Located::text)
                .orElse(Condition.TARGETING_KEY);
    }

    static void write(ObjectNode entry, Bucketing bucketing, String by) {
        ObjectNode fields =
                entry.putObject("bucketing").put("hash", Bucketing.HASH).put("salt", bucketing.salt());
        if (!by.equals(Condition.TARGETING_KEY)) {
            fields.put("by", by);
        }
    }
}
