package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillException;
import dev.turnout.flags.jdbc.backfill.BackfillResult;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import javax.sql.DataSource;

/** Copies and compares a table of large rows in a process of its own, which has little memory for them. */
final class LargeRowsProcess {
    private LargeRowsProcess() {}

    /** From where, where to. */
    public static void main(String... arguments) {
        DataSource source = Database.of(arguments[0]);
        DataSource target = Database.of(arguments[1]);
        TableMapping mapping = TableMapping.from("film")
                .into("film_v2")
                .key("id")
                .column("picture")
                .column("script")
                .build();
        try {
            long began = System.nanoTime();
            BackfillResult copied = Backfill.from(source, mapping)
                    .into(target)
                    .named("films")
                    .build()
                    .run("1");
            long middle = System.nanoTime();
            System.out.println("copied " + copied.visited() + " in " + (middle - began) / 1_000_000 + " ms");
            VerifyResult<?> compared =
                    Verify.tables(mapping, source, target).build().run();
            System.out.println("compared " + compared.isEqual() + " " + compared.keysCompared() + " in "
                    + (System.nanoTime() - middle) / 1_000_000 + " ms");
        } catch (BackfillException e) {
            System.out.println("failed " + e);
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                System.out.println("because of " + cause);
            }
        }
        System.out.println("finished");
    }
}
