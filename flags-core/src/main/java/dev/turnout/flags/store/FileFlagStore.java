package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flags in a YAML or JSON file that people edit by hand, or through the library; what they save is used within a second. A file that is not
 * valid is refused as a whole, logged once with line and pointer, and the state before it goes on being used. Thread-safe.
 *
 * <p>Applying a {@link Change} writes the file anew, in canonical form: comments are lost. One process at a time may do so.
 */
public final class FileFlagStore implements EditableFlagStore {
    private static final Logger log = LoggerFactory.getLogger(FileFlagStore.class);
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final int LARGEST = 8 << 20;
    private static final int MOST_REMEMBERED = 1_000;

    private final Path file;
    private final TimeSource time;
    private final Watchers watchers = new Watchers();
    private final PeriodicTask polling;
    private final LogThrottle failures;
    private volatile long readAtNanos;
    // All below is guarded by this.
    private final Deque<AuditEntry> history = new ArrayDeque<>();
    private Snapshot current = Snapshot.EMPTY;
    private String currentText = "";
    private @Nullable String refusedText;
    private @Nullable RuntimeException refused;

    private FileFlagStore(Path file, TimeSource time) {
        this.file = requireNonNull(file, "file");
        this.time = time;
        failures = new LogThrottle(FileFlagStore.class, time);
        readAtNanos = time.nanoTime();
        poll(); // nobody watches yet: they hear of newer states only
        polling = PeriodicTask.start("turnout-file-" + file.getFileName(), PERIOD, this::poll);
    }

    /** Reads the file whenever it changes. If it can't be read now, {@link #read} says why. */
    public static FileFlagStore watching(Path file) {
        return new FileFlagStore(file, TimeSource.SYSTEM);
    }

    /** Looks at the file, as the watching thread does all the time. Never throws: what is wrong is logged. */
    void poll() {
        try {
            watchers.tell(load());
            failures.worksAgain("Flag file {} is read again.", file);
        } catch (FlagStoreException | DocumentException e) { // logged already
            log.debug("The state before goes on being used.", e);
        } catch (Throwable e) {
            failures.error(e, "Flag file {} cannot be read; the state before stays in use.", file);
        }
    }

    /** The newest valid state of the file. A file that is not valid is logged once, and refused as often as it is asked for. */
    private synchronized Snapshot load() {
        String text;
        FileTime modified;
        try {
            modified = Files.getLastModifiedTime(file);
            if (Files.size(file) > LARGEST) {
                throw new FlagStoreException("Flag file " + file + " is larger than " + LARGEST + " bytes.");
            }
            text = Files.readString(file);
        } catch (IOException | FlagStoreException e) {
            FlagStoreException problem = new FlagStoreException("Flag file " + file + " can't be read: " + e, e);
            refuse("", problem);
            throw problem;
        }
        if (text.equals(currentText) && current.revision() > 0) {
            refusedText = null;
            readAtNanos = time.nanoTime();
            return current;
        }
        if (refused != null && text.equals(refusedText)) {
            throw refused;
        }
        try {
            use(DocumentReader.read(String.valueOf(file.getFileName()), text), text, modified);
        } catch (DocumentException e) {
            refuse(text, e);
            throw e;
        }
        return current;
    }

    private void use(FlagDocument document, String text, FileTime modified) {
        current.document().checkSuccessor(document);
        // Nodes that read the same file say the same revision, and it grows over a restart.
        long revision = Math.max(current.revision() + 1, modified.toMillis());
        LastChange change = new LastChange(revision, modified.toInstant(), "file", "edited by hand");
        Map<EntryKey, LastChange> changes = new HashMap<>();
        document.keys().forEach(key -> {
            LastChange before = current.changes().get(key);
            boolean same = document.entry(key).equals(current.document().entry(key));
            changes.put(key, same && before != null ? before : change);
        });
        current = new Snapshot(revision, document, changes);
        currentText = text;
        readAtNanos = time.nanoTime();
        if (refused != null) {
            log.info("Flag file {} is valid again, revision {}.", file, revision);
            refused = null;
        }
        refusedText = null;
    }

    private void refuse(String text, RuntimeException problem) {
        boolean known = refused != null && Objects.equals(refused.getMessage(), problem.getMessage());
        refusedText = text;
        refused = problem;
        if (!known && current.revision() > 0) {
            log.warn("{} Revision {} goes on being used.", problem.getMessage(), current.revision());
        }
    }

    @Override
    public Snapshot read() {
        Snapshot snapshot = load();
        watchers.tell(snapshot);
        return snapshot;
    }

    @Override
    public Snapshot apply(Change change) {
        Snapshot next = applied(change);
        watchers.tell(next);
        return next;
    }

    private synchronized Snapshot applied(Change change) {
        load();
        Snapshot.Applied applied = current.apply(change, time.now());
        String text = DocumentWriter.toYaml(applied.snapshot().document());
        try {
            replace(text);
        } catch (IOException e) {
            throw new FlagStoreException(
                    "Flag file " + file + " can't be written; the change was not applied: " + e, e);
        }
        current = applied.snapshot();
        currentText = text;
        if (history.size() == MOST_REMEMBERED) {
            history.removeLast();
        }
        history.addFirst(applied.audit());
        return current;
    }

    /** Whole or not at all, also if the machine stops in between. */
    private void replace(String text) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Path next = Files.createTempFile(directory, "." + file.getFileName(), ".next");
        try {
            try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
                channel.write(StandardCharsets.UTF_8.encode(text));
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    @Override
    public synchronized List<AuditEntry> history(int limit) {
        return history.stream().limit(limit).toList();
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return watchers.add(requireNonNull(watcher, "watcher"));
    }

    /** As the interface says; a file that is not valid counts as one that can't be read. */
    @Override
    public Duration age() {
        return Duration.ofNanos(time.nanoTime() - readAtNanos);
    }

    @Override
    public void close() {
        polling.close();
    }
}
