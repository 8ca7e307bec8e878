package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Replaces the content of a file, whole or not at all, also if the machine stops in between; mode, owner and group stay. */
final class ReplacedFile {
    private static final Logger log = LoggerFactory.getLogger(FileFlagStore.class);

    private ReplacedFile() {}

    /**
     * Replaces it.
     *
     * @param file no symbolic link
     * @param like whose mode, owner and group it gets: its own, if it is there
     */
    static void replace(Path file, String text, Path like) throws IOException {
        Path directory = requireNonNull(file.toAbsolutePath().getParent());
        Path next = Files.createTempFile(directory, "." + file.getFileName(), ".next");
        try {
            try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            keepAttributes(like, next);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    private static void keepAttributes(Path from, Path to) throws IOException {
        PosixFileAttributeView wanted = Files.getFileAttributeView(from, PosixFileAttributeView.class);
        PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (wanted == null || view == null) {
            return; // a file system without them
        }
        PosixFileAttributes old = wanted.readAttributes();
        PosixFileAttributes made = view.readAttributes();
        try {
            if (!old.group().equals(made.group())) {
                view.setGroup(old.group());
            }
            if (!old.owner().equals(made.owner())) {
                view.setOwner(old.owner());
            }
        } catch (IOException e) {
            log.warn("File {} cannot keep its owner {} and group {}: {}", from, old.owner(), old.group(), e.toString());
        }
        view.setPermissions(old.permissions());
    }
}
