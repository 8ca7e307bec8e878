package dev.turnout.flags.document;

/**
 * A document, or a change of one, that is refused as a whole. The message states where, what was expected and what was
 * given.
 */
public final class DocumentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int LONGEST = 1_000;

    private final String pointer;

    /** At a JSON pointer. */
    public DocumentException(String pointer, String problem) {
        super(sentence((pointer.isEmpty() ? "" : pointer + ": ") + problem));
        this.pointer = pointer;
    }

    DocumentException(String source, int line, int column, String pointer, String problem) {
        super(sentence(source + ":" + line + ":" + column + (pointer.isEmpty() ? "" : " " + pointer) + ": "
                + shortened(problem)));
        this.pointer = pointer;
    }

    /** Problems quote what was given, which may be the whole document. */
    private static String shortened(String problem) {
        return problem.length() <= LONGEST ? problem : problem.substring(0, LONGEST) + "...";
    }

    /** On one line, whatever the document has in its texts: the message goes into logs. */
    private static String sentence(String text) {
        return text.replaceAll("\\p{Cntrl}", "?") + (text.endsWith(".") ? "" : ".");
    }

    /** Where in the document, as a JSON pointer; empty for the whole of it. */
    public String pointer() {
        return pointer;
    }
}
