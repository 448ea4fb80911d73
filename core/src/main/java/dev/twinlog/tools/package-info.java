/**
 * The command line of Twinlog, for operators: {@link dev.twinlog.tools.LinkTool}. It uses only what
 * users can use as well.
 */
@NullMarked
package dev.twinlog.tools;

import org.jspecify.annotations.NullMarked;
