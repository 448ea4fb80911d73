package dev.twinlog.internal.engine.duty;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.twinlog.Tables;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Checks that the table of duties in {@code core/README.md} has all of them, and no other. */
final class DutiesTableTest {
  @Test
  void theTableHasEveryDuty() throws IOException {
    List<String> duties =
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.twinlog.internal.engine")
                .stream()
                .filter(type -> type.isAssignableTo(Duty.class))
                .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
                .map(JavaClass::getSimpleName)
                .toList();
    assertThat(Tables.names("| duty | interval | asks |"))
        .containsExactlyInAnyOrderElementsOf(duties);
  }
}
