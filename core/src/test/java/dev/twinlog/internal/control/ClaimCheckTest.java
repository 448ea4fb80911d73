package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ClaimCheckTest {
  private record Cluster(String clusterId, List<LinkDescription> linksInto)
      implements LinkedCluster {}

  private static final Cluster SOURCE = new Cluster("A", List.of());

  private final Cluster target = new Cluster("B", new ArrayList<>());
  private final ClaimCheck check = new ClaimCheck("mine", SOURCE, target);

  private void other(String link, String source, Map<String, String> topics) {
    target.linksInto().add(new LinkDescription(link, source, "B", topics));
  }

  @Test
  void whatAnotherLinkCopiesToTheSameTopic_isClaimed() {
    other("former", "A", Map.of("t", "t", "u", "u"));
    assertThat(check.claimed(Map.of("t", "t", "v", "v")))
        .containsOnlyKeys("t")
        .hasEntrySatisfying(
            "t", why -> assertThat(why).contains("link former", "rebuild", "twinlog.former.state"));
  }

  @Test
  void whatAMovedLinkHasCopied_isClaimed_andItsStateIsNotToBeDeleted() {
    LinkDescription moved =
        new LinkDescription("former", "A", "B", Map.of("t", "t"))
            .moved(Optional.of(new UUID(1, 2)));
    target.linksInto().add(moved);
    assertThat(check.claimed(Map.of("t", "t")).get("t"))
        .contains("link former has copied t", "reverse()", "reopen")
        .doesNotContain("delete");
  }

  @Test
  void anotherTargetTopic_anotherSourceTopic_orAnotherCluster_isNot() {
    other("elsewhere", "A", Map.of("t", "x"));
    other("fan-in", "A", Map.of("u", "t"));
    other("third", "C", Map.of("t", "t"));
    assertThat(check.claimed(Map.of("t", "t"))).isEmpty();
  }

  @Test
  void whatThisLinkHasCopiedBefore_isItsOwn() {
    other("mine", "A", Map.of("t", "t"));
    other("sharing", "A", Map.of("t", "t", "u", "u"));
    assertThat(check.claimed(Map.of("t", "t", "u", "u"))).containsOnlyKeys("u");
  }

  @Test
  void whatWasAccepted_staysSoWhateverOthersDoLater() {
    assertThat(check.claimed(Map.of("t", "t"))).isEmpty();
    check.accepted(Map.of("t", "t"));
    other("sharing", "A", Map.of("t", "t", "u", "u"));
    assertThat(check.claimed(Map.of("t", "t"))).isEmpty();
    assertThat(check.claimed(Map.of("t", "t", "u", "u"))).containsOnlyKeys("u");
  }
}
