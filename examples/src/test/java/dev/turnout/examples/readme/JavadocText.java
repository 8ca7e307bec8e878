package dev.turnout.examples.readme;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.TextTree;
import java.util.List;
import java.util.stream.Collectors;

/** A Javadoc comment as one line of Markdown: its text, and what it says of its parameters. Examples are left out. */
final class JavadocText {
    private final StringBuilder text = new StringBuilder();
    private boolean isExample;

    private JavadocText() {}

    static String of(DocCommentTree doc) {
        String body = text(doc.getFullBody());
        String parameters = doc.getBlockTags().stream()
                .filter(tag -> tag instanceof ParamTree parameter && !parameter.isTypeParameter())
                .map(tag -> (ParamTree) tag)
                .map(parameter -> " `" + parameter.getName() + "`: " + text(parameter.getDescription()) + ".")
                .collect(Collectors.joining());
        return (body + parameters).strip();
    }

    private static String text(List<? extends DocTree> trees) {
        JavadocText made = new JavadocText();
        trees.forEach(made::add);
        return made.text.toString().replaceAll("\\s+", " ").replace("|", "\\|").strip();
    }

    private void add(DocTree tree) {
        if (tree instanceof StartElementTree element && element.getName().contentEquals("pre")) {
            isExample = true;
        } else if (tree.getKind() == DocTree.Kind.END_ELEMENT && tree.toString().equals("</pre>")) {
            isExample = false;
        } else if (!isExample) {
            text.append(markdown(tree));
        }
    }

    private static String markdown(DocTree tree) {
        if (tree instanceof TextTree words) {
            return words.getBody();
        }
        if (tree instanceof LiteralTree literal) {
            return tree.getKind() == DocTree.Kind.CODE
                    ? "`" + literal.getBody().getBody() + "`"
                    : literal.getBody().getBody();
        }
        if (tree instanceof LinkTree link) {
            String label = text(link.getLabel());
            return "`"
                    + (label.isEmpty()
                            ? link.getReference()
                                    .getSignature()
                                    .replaceFirst("^#", "")
                                    .replace('#', '.')
                            : label)
                    + "`";
        }
        if (tree instanceof EntityTree entity) {
            return entity.toString();
        }
        return " "; // an element such as a paragraph
    }
}
