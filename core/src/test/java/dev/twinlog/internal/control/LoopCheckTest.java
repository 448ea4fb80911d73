package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.TopicOrigin;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class LoopCheckTest {
  private record Cluster(String clusterId, List<LinkDescription> linksInto)
      implements LinkedCluster {}

  private static Cluster cluster(String id, LinkDescription... links) {
    return new Cluster(id, List.of(links));
  }

  private static LoopCheck.Findings look(
      String link, Cluster source, Cluster sink, Map<String, String> topics) {
    return new LoopCheck(link, source, sink).find(topics);
  }

  private static final Map<String, String> SAME = Map.of("t", "t");

  @Test
  void aLinkBackOfTheSameName_isALoop() {
    Cluster b = cluster("B", new LinkDescription("mirror", "A", "B", SAME));
    assertThat(look("mirror", b, cluster("A"), SAME).loops())
        .hasEntrySatisfying("t", why -> assertThat(why).contains("link mirror copies t"));
  }

  @Test
  void theLinkItselfWithinOneCluster_isNone() {
    Map<String, String> prefixed = Map.of("t", "copy.t");
    Cluster one = cluster("A", new LinkDescription("copy", "A", "A", prefixed));
    assertThat(look("copy", one, one, prefixed).loops()).isEmpty();
  }

  @Test
  void whereRecordsComeFrom_isPassedOnWithTheLinksThatBroughtThem() {
    Cluster b = cluster("B", new LinkDescription("ab", "A", "B", Map.of("t", "a.t")));
    assertThat(look("bc", b, cluster("C"), Map.of("a.t", "x", "own", "own")).origins())
        .isEqualTo(Map.of("a.t", List.of(new TopicOrigin("A", "t", List.of("ab")))));
    LinkDescription bc =
        new LinkDescription(
            "bc",
            "B",
            "C",
            Map.of("a.t", "x"),
            Map.of("a.t", List.of(new TopicOrigin("A", "t", List.of("ab")))));
    assertThat(look("cd", cluster("C", bc), cluster("D"), Map.of("x", "x")).origins().get("x"))
        .containsExactlyInAnyOrder(
            new TopicOrigin("B", "a.t", List.of("bc")),
            new TopicOrigin("A", "t", List.of("ab", "bc")));
  }

  private static LinkDescription fromB(Map<String, String> topics) {
    return new LinkDescription(
        "bc", "B", "C", topics, Map.of("t", List.of(new TopicOrigin("A", "t", List.of("ab")))));
  }

  @Test
  void theLastLinkOfARing_isALoopThatNamesTheRing() {
    Map<String, String> loops = look("ca", cluster("C", fromB(SAME)), cluster("A"), SAME).loops();
    assertThat(loops)
        .hasEntrySatisfying(
            "t", why -> assertThat(why).contains("ab -> bc", "this link (ca)", "in a loop"));
  }

  @Test
  void aChainThatEndsUnderAnotherName_isNoLoop() {
    assertThat(look("ca", cluster("C", fromB(SAME)), cluster("A"), Map.of("t", "from-c.t")).loops())
        .isEmpty();
  }

  @Test
  void aChainThatComesBackUnderANameThatIsCopiedToo_isALoop() {
    LinkDescription bc =
        new LinkDescription(
            "bc",
            "B",
            "C",
            Map.of("t", "t", "u", "u"),
            Map.of(
                "t", List.of(new TopicOrigin("A", "t", List.of("ab"))),
                "u", List.of(new TopicOrigin("A", "u", List.of("ab")))));
    assertThat(look("ca", cluster("C", bc), cluster("A"), Map.of("t", "u")).loops())
        .containsOnlyKeys("t");
  }

  @Test
  void ofSeveralWaysFromOnePlace_theShortestIsKept() {
    LinkDescription direct = new LinkDescription("ac", "A", "C", SAME);
    for (Cluster c :
        List.of(cluster("C", fromB(SAME), direct), cluster("C", direct, fromB(SAME)))) {
      assertThat(look("cd", c, cluster("D"), SAME).origins().get("t"))
          .containsExactlyInAnyOrder(
              new TopicOrigin("B", "t", List.of("bc")), new TopicOrigin("A", "t", List.of("ac")));
    }
  }

  private static final UUID MOVE = new UUID(1, 2);
  private static final LinkDescription MOVED =
      new LinkDescription("x", "A", "B", Map.of("t", "t", "u", "us.u")).moved(Optional.of(MOVE));

  private static Cluster sinkOf(Optional<UUID> reverseOf) {
    return cluster("A", new LinkDescription("back", "B", "A", Map.of()).reverseOf(reverseOf));
  }

  @Test
  void theReverseOfAMovedLink_isNoLoop() {
    Map<String, String> back = Map.of("t", "t", "us.u", "u");
    LoopCheck.Findings found = look("back", cluster("B", MOVED), sinkOf(Optional.of(MOVE)), back);
    assertThat(found.loops()).isEmpty();
    assertThat(found.origins()).as("it brings nothing more").isEmpty();
  }

  @Test
  void theOppositeOfAMovedLink_isRefusedUnlessItIsItsReverse() {
    Map<String, String> back = Map.of("t", "t", "us.u", "u", "new", "new");
    for (Cluster sink :
        List.of(cluster("A"), sinkOf(Optional.empty()), sinkOf(Optional.of(new UUID(3, 4))))) {
      assertThat(look("back", cluster("B", MOVED), sink, back).loops())
          .containsOnlyKeys("t", "us.u")
          .hasEntrySatisfying(
              "t",
              why ->
                  assertThat(why)
                      .contains("link x has copied t", "seed it with reverse() of link x"));
    }
  }

  @Test
  void theReverseOfTheLastMove_isNoLoop_whateverWasMovedBefore() {
    UUID later = new UUID(5, 6);
    LinkDescription next =
        new LinkDescription("y", "A", "B", Map.of("t", "t")).moved(Optional.of(later));
    Map<String, String> back = Map.of("t", "t", "us.u", "u");
    for (Cluster source : List.of(cluster("B", MOVED, next), cluster("B", next, MOVED))) {
      assertThat(look("back", source, sinkOf(Optional.of(later)), back).loops())
          .as("us.u was not copied by link y")
          .containsOnlyKeys("us.u");
      assertThat(look("back", source, sinkOf(Optional.empty()), back).loops().get("t"))
          .contains("links x, y have copied t", "the one that was moved last", "copyAll")
          .doesNotContain("delete", "state topic");
    }
  }

  @Test
  void theOppositeOfAMovedLinkUnderOtherNames_isNoLoop() {
    assertThat(look("back", cluster("B", MOVED), cluster("A"), Map.of("t", "from-b.t")).loops())
        .isEmpty();
  }

  @Test
  void aMovedLinkThatIsStartedAgain_isALoopWithItsReverse() {
    Cluster a =
        cluster("A", new LinkDescription("back", "B", "A", SAME).reverseOf(Optional.of(MOVE)));
    assertThat(look("x", a, cluster("B", MOVED), SAME).loops()).containsOnlyKeys("t");
  }
}
