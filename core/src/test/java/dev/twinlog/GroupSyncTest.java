package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tests which groups are selected. */
final class GroupSyncTest {
  @Test
  void aLineBreakInAGroupsId_isACharacterLikeOthers() {
    GroupSync all = GroupSync.defaults();
    assertThat(all.selects("a\nb")).isTrue();
    assertThat(all.selects("a\u2028b\r")).isTrue();
    assertThat(all.matching("a.*").selects("a\nb")).isTrue();
    assertThat(all.excluding("a.*").selects("a\nb")).isFalse();
  }
}
