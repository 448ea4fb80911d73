package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** Compares the poms that don't inherit the version of the others with those that do. */
final class PomsTest {
  private static final Path ROOT = Path.of("..");
  private static final XPath PATHS = XPathFactory.newInstance().newXPath();

  private static List<String> texts(String pom, String path) throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(ROOT.resolve(pom).resolve("pom.xml").toFile());
    NodeList found = (NodeList) PATHS.evaluate(path, document, XPathConstants.NODESET);
    return IntStream.range(0, found.getLength())
        .mapToObj(i -> found.item(i).getTextContent())
        .toList();
  }

  @Test
  void bom_hasTheModulesThatUsersDependOn() throws Exception {
    assertThat(texts("core/bom", "/project/dependencyManagement//artifactId"))
        .isEqualTo(
            List.of(
                texts("core", "/project/artifactId").get(0),
                texts("metrics", "/project/artifactId").get(0),
                texts("testkit", "/project/artifactId").get(0)));
    assertThat(texts("core/bom", "/project/dependencyManagement//version"))
        .containsOnly("${project.version}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "core/bom",
        "metrics/examples/spring-boot-3",
        "metrics/examples/spring-boot-4",
        "metrics/examples/micronaut"
      })
  void pomsWithoutOurParent_haveItsVersion(String pom) throws Exception {
    List<String> version = texts("", "/project/version");

    assertThat(texts(pom, "/project/version")).isEqualTo(version);
    assertThat(texts(pom, "//dependency[groupId='dev.twinlog']/version"))
        .allMatch(one -> version.contains(one) || one.equals("${project.version}"))
        .isNotEmpty();
  }
}
