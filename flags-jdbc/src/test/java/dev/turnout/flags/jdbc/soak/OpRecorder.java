package dev.turnout.flags.jdbc.soak;

import static java.nio.channels.FileChannel.MapMode.READ_WRITE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Records what one user does, in files that are mapped into memory: what was stored is in the kernel's hands, and outlives a process that is
 * killed. An operation is there before it begins, as one of unknown outcome, and once more, in the same place, when it has ended. Used by
 * one thread.
 */
final class OpRecorder {
    private static final int RECORDS = 25_000; // a file of a megabyte

    private final Path directory;
    private final String user;
    private int files;
    private MappedByteBuffer file;
    private int at;

    OpRecorder(Path directory, String user) {
        this.directory = directory;
        this.user = user;
        file = next();
    }

    private MappedByteBuffer next() {
        at = 0;
        Path path = directory.resolve(user + "-" + files++ + OpFile.SUFFIX);
        try (FileChannel channel = FileChannel.open(path, CREATE_NEW, READ, WRITE)) {
            return channel.map(READ_WRITE, 0, (long) RECORDS * OpFile.SIZE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An operation is about to begin. To be called before anything of it can be seen. */
    void begins(Op.Kind kind, long key, long written) {
        if (at == RECORDS * OpFile.SIZE) {
            file = next();
        }
        Op op = new Op(kind, Op.Outcome.BEGUN, key, System.nanoTime(), Op.NEVER, written, Op.NOTHING, 0);
        OpFile.write(file, at, op);
    }

    /** It has ended. */
    void ended(Op.Outcome outcome, long written, long read, int stages) {
        long end = System.nanoTime();
        Op begun = OpFile.read(file, at);
        // The outcome is stored with one store, after the rest; but until then the end and the value read are those of
        // an operation that has
        // ended while the outcome shows that it has not, which no reader takes into account.
        OpFile.write(file, at, new Op(begun.kind(), outcome, begun.key(), begun.start(), end, written, read, stages));
        at += OpFile.SIZE;
    }

    /** It has ended as it was begun. */
    void ended(Op.Outcome outcome, long read) {
        ended(outcome, OpFile.read(file, at).written(), read, 0);
    }
}
