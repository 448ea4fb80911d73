package dev.twinlog.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Checks that every relative link in a document leads to an existing file, and its anchor to a
 * heading there.
 */
final class DocumentLinksTest {
  private static final Pattern LINK =
      Pattern.compile("]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
  private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);
  private static final List<String> DOCUMENTS =
      List.of(
          "README.md",
          ".github/CONTRIBUTING.md",
          "core/README.md",
          "core/GUARANTEES.md",
          "core/CONFIGURATION.md",
          "core/OPERATIONS.md",
          "metrics/README.md",
          "testkit/README.md",
          "testkit/SCENARIOS.md",
          "benchmarks/README.md");

  private final Path root = Repository.root();

  @Test
  void everyLinkLeadsToAFileAndAHeading() throws IOException {
    List<String> broken = new ArrayList<>();
    for (String document : DOCUMENTS) {
      Path file = root.resolve(document);
      Matcher link = LINK.matcher(Files.readString(file));
      while (link.find()) {
        Path target = link.group(1).isEmpty() ? file : file.resolveSibling(link.group(1));
        if (!leadsTo(target.normalize(), link.group(2))) {
          broken.add(document + ": " + link.group());
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean leadsTo(Path target, @Nullable String anchor) throws IOException {
    if (!Files.exists(target)) {
      return false;
    }
    return anchor == null || anchors(Files.readString(target)).contains(anchor);
  }

  /** The anchors that GitHub gives to headings. */
  private static Set<String> anchors(String text) {
    return HEADING
        .matcher(text)
        .results()
        .map((MatchResult heading) -> anchor(heading.group(1)))
        .collect(Collectors.toSet());
  }

  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
