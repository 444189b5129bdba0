"""The page; the only package that imports Gradio. It reaches everything else through service. For cli."""
