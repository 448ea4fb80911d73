import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads the test reports below each given checkout: {@code java .ci/CheckReports.java
 * [--without <what>]... <checkout>...}.
 *
 * <p>Exit status 1 on a failed test, on a checkout without tests, and on a test that was skipped
 * for any other reason than one that begins with "needs Docker", or with "needs" and what the options
 * say could not be installed. The last line is "N passed, N failed, N skipped", over all checkouts.
 */
final class CheckReports {
  private static final String WITHOUT = "--without";

  private final List<String> allowed = new ArrayList<>(List.of("needs Docker"));
  private final DocumentBuilder parser;
  private int passed;
  private int failed;
  private int skipped;
  private boolean good = true;

  private CheckReports() throws Exception {
    parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
  }

  public static void main(String[] args) throws Exception {
    CheckReports check = new CheckReports();
    List<String> checkouts = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals(WITHOUT)) {
        check.allowed.add("needs " + args[++i]);
      } else {
        checkouts.add(args[i]);
      }
    }
    if (checkouts.isEmpty()) {
      check.complain("no checkout to read");
    }
    for (String checkout : checkouts) {
      check.checkout(Path.of(checkout));
    }
    System.out.printf(
        "%d passed, %d failed, %d skipped%n", check.passed, check.failed, check.skipped);
    System.exit(check.good ? 0 : 1);
  }

  private void checkout(Path checkout) throws Exception {
    int before = passed + failed;
    for (Path report : reports(checkout)) {
      NodeList tests = parser.parse(report.toFile()).getElementsByTagName("testcase");
      for (int i = 0; i < tests.getLength(); i++) {
        test((Element) tests.item(i));
      }
    }
    int run = passed + failed - before;
    System.out.printf("%s: %d tests run%n", checkout.getFileName(), run);
    if (run == 0) {
      complain("no test ran in " + checkout);
    }
  }

  private static List<Path> reports(Path checkout) throws IOException {
    try (Stream<Path> files = Files.walk(checkout)) {
      return files
          .filter(f -> f.getFileName().toString().matches("TEST-.*\\.xml"))
          .filter(
              f ->
                  f.getParent().getFileName().toString().matches("(surefire|failsafe)-reports.*"))
          .sorted()
          .toList();
    }
  }

  private void test(Element test) {
    String name = test.getAttribute("classname") + "." + test.getAttribute("name");
    NodeList skip = test.getElementsByTagName("skipped");
    if (test.getElementsByTagName("failure").getLength() > 0
        || test.getElementsByTagName("error").getLength() > 0) {
      failed++;
      complain("failed: " + name);
    } else if (skip.getLength() > 0) {
      skipped++;
      String reason = ((Element) skip.item(0)).getAttribute("message");
      System.out.println("skipped: " + name + ": " + reason);
      if (allowed.stream().noneMatch(reason::startsWith)) {
        complain("skipped, and the reason begins with none of " + allowed + ": " + name);
      }
    } else {
      passed++;
    }
  }

  private void complain(String problem) {
    good = false;
    System.out.println("PROBLEM: " + problem);
  }
}
