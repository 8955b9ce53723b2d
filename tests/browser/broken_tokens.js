// What stands in mono and is broken elsewhere than after a mark, as text @ before|after. Of tokens, not of blocks to copy.
() => { const bad = [];
  for (const code of document.querySelectorAll("main code")) {
   if (code.closest("pre") || !code.offsetParent) continue;
   const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT); let last = null, prev = "";
   for (let node; (node = walker.nextNode());) for (let at = 0; at < node.length; at += 1) {
     const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + 1);
     const box = range.getClientRects()[0]; if (!box || !box.width) { prev = node.data[at]; continue; }
     if (last !== null && box.top > last + 4 && !/[\/._:\-\s…,&|?=)(]/.test(prev)) { bad.push(code.textContent.slice(0, 60) + " @ " + prev + "|" + node.data[at]); break; }
     last = box.top; prev = node.data[at];
   }
  } return bad; }
